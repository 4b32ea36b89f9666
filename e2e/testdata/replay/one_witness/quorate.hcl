# One witness says down and takes it back before three measurements: stays up.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
