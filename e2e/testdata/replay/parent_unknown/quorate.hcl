# Of a parent that is only unknown nothing follows: its child has a problem of its own.

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
