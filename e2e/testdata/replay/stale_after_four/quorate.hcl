# A claim counts up to four intervals and then abstains; a line with only a time judges again.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}
