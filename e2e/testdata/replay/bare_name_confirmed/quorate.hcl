# A bare host name binds weakly, unless a person says that the ref is that device.

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

device "nas1" {
  match {
    hostname = "nas1.example.net"
    refs     = { prtg = ["a"] }
  }
}
