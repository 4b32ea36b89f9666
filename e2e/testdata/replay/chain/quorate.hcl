# Behind a dead gateway a switch and what hangs on it are unreachable: one incident with the gateway as its root.

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

device "nas3" {
  match {
    address = "192.0.2.13"
  }
  parents = ["nas2"]
}
