# The address wins over the host name, two refs of one source with one address are no evidence, and a serial vetoes.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
