# An answer with two of eleven devices is believed the third time.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}
