# A bare host name binds weakly; the ref votes once a second key agrees.

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
