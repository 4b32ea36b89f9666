# Two that the configuration keeps apart stay apart, although they share an address.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

never_merge = [["web", "db"]]
