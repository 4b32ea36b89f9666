# A ref bound by a bare host name votes where no other ref of the device does.

agent {
  name    = "replay"
  domains = ["example.net", "lab.example.net"]
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
