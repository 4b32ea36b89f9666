# All monitors call everything down: one incident with the gateway (nas1) as root.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

source "snmp-direct" "snmp" {
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
  parents = ["nas1"]
}

device "nas4" {
  match {
    address = "192.0.2.14"
  }
  parents = ["nas1"]
}

device "nas5" {
  match {
    address = "192.0.2.15"
  }
  parents = ["nas1"]
}

device "nas6" {
  match {
    address = "192.0.2.16"
  }
  parents = ["nas1"]
}

device "nas7" {
  match {
    address = "192.0.2.17"
  }
  parents = ["nas1"]
}

device "nas8" {
  match {
    address = "192.0.2.18"
  }
  parents = ["nas1"]
}

device "nas9" {
  match {
    address = "192.0.2.19"
  }
  parents = ["nas1"]
}

device "nas10" {
  match {
    address = "192.0.2.20"
  }
  parents = ["nas1"]
}

device "nas11" {
  match {
    address = "192.0.2.21"
  }
  parents = ["nas1"]
}
