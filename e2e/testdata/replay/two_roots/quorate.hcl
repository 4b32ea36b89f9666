# Two gateways down are two incidents, each with what is behind it.

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
}

device "nas3" {
  match {
    address = "192.0.2.13"
  }
  parents = ["nas1"]
}

device "nas4" {
  match {
    address = "192.0.2.14"
  }
  parents = ["nas2"]
}
