# At exactly three eighths for down it is up.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
  trust    = 0.5
}

source "prtg" "prtg" {
  interval = "60s"
  trust    = 0.3
}
