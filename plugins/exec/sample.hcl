source "exec" "ups" {
  interval = "60s"
  timeout  = "15s"

  config {
    command = ["/usr/local/lib/quorate/ups.sh", "rack"]
    # env     = { LANG = "C.UTF-8" } # the program's whole environment; default: empty
    # format  = "observations"
    # timeout = "10s"
  }
}
