# A monitor that calls its anchor down has lost its own network: its downs abstain, its ups count.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
  anchors  = ["nas1"]
}
