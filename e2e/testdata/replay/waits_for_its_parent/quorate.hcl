# A device that is down opens no incident while its parent may be about to be found down: it belongs to that one.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

device "nas1" {
  match {
    address = "192.0.2.11"
  }
}

device "nas2" {
  match {
    address = "192.0.2.12"
  }
  parents = ["nas1"]
}
