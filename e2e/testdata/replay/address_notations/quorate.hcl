# An address is the same in any notation, of a URL only the host counts, and a bare IP given as host name is an address.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
