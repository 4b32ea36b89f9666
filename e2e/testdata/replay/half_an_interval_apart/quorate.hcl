# A measurement counts if it is at least half an interval newer than the last that counted.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
