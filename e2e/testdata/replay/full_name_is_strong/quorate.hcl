# A host name with its domain on both sides is no weak evidence.

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
