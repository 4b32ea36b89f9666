# A source that cannot see its anchor has lost its own network: its downs abstain, its ups count.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
  anchors  = ["nas1"]
}
