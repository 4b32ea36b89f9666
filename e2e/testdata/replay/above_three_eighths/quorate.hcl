# A hair above three eighths it is contested.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
  trust    = 0.5
}

source "prtg" "prtg" {
  interval = "60s"
  trust    = 0.301
}
