source "reach" "reach" {
  interval = "30s"

  config {
    # methods        = ["icmp", "tcp"]
    # ports          = [22, 80, 443, 445]
    # timeout        = "2s"
    # rate           = 200                # packets a second
    # source_address = "192.0.2.5"        # one of this machine's, where the system would choose another

    # follow  = true                      # every device that other sources report
    # exclude = ["192.0.2.77", "198.51.100.0/24", "printer"]

    # As others report it, and as it is seen from here.
    # nat = { "192.0.2.0/24" = "203.0.113.0/24" }

    # What no other source reports.
    target "uplink" {
      address = "203.0.113.1"
    }
    target "mail" {
      address = "mail.example.net:25"
    }
  }
}
