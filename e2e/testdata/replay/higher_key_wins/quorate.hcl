# Three keys point at three devices: the address wins over the host name and this over the MAC, and both disagreements are recorded.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
