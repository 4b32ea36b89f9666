# A ref whose chassis serial changes has changed hands: its votes are held until the serial returns.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
