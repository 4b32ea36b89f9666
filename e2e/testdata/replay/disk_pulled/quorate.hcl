# A part that its source no longer names is forgotten, and with it what was wrong.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
