# With a quorum of two nothing is concluded from one witness, unless the device's group asks for less.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

consensus {
  quorum = 2
}

group "core" {
  devices = ["nas2"]
  quorum  = 1
}
