# A management agent that answers proves that the device does.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
