# With nine proposals in the ring nobody flaps yet.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
