# Two monitors that are polled every five minutes, to spare them, and push what they notice, so that it is told in seconds
# all the same. docs/push.md says what to set in LibreNMS and PRTG, and what a proxy in front needs.

source "librenms" "librenms" {
  interval = "5m"
  config {
    url   = "https://librenms.example.net"
    token = env("LIBRENMS_TOKEN")
  }
  push {
    token = env("LIBRENMS_PUSH_TOKEN") # at least 16 characters; POST http://127.0.0.1:8600/hooks/librenms/TOKEN
  }
}

source "prtg" "prtg" {
  interval = "5m"
  config {
    url       = "https://prtg.example.net"
    api_token = env("PRTG_TOKEN")
  }
  push {
    token      = env("PRTG_PUSH_TOKEN")
    max_body   = 16384 # PRTG's are short
    per_minute = 120   # a switch that dies takes many sensors along, and each pushes
  }
}
