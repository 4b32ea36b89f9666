# Host names are compared in lower case, without a trailing dot and without configured domains.

agent {
  name    = "replay"
  domains = ["example.net"]
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
