# A known ref stays with its device, whatever its address does, and the address that it left is free for another.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
