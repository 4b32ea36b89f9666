# A lab gets new addresses, two of them swapped, and one monitor hears of it an hour late: every device keeps both refs and its verdict.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "10m"
}

source "prtg" "prtg" {
  interval = "10m"
}
