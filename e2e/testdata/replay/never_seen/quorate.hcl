# A device that a source only lists has no verdict.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
