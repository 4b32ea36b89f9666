# A device that goes up and down every minute for a quarter of an hour, and then stops.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}
