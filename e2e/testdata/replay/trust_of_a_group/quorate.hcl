# A monitor may be trusted less on a group of devices.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

group "core" {
  devices = ["nas1"]
  trust   = { prtg = 0.5 }
}
