# Placeholders that monitors write for a missing host name are no evidence, whatever their case.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
