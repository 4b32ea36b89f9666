source "librenms" "librenms" {
  interval = "60s"

  config {
    url   = "https://librenms.example.net"
    token = env("LIBRENMS_TOKEN")

    # step       = "300s"                     # how often LibreNMS itself measures
    # timezone   = "Europe/Berlin"            # of its database; learnt from the API if absent
    # ca_file    = "/etc/quorate/ca.pem"      # for a certificate of your own authority
    # pin_sha256 = "AB:CD:..."                # or for a self-signed one
    # groups     = ["core"]                   # only devices of these device groups
    # include    = ["192.0.2.0/24", "nas*"]
    # exclude    = ["*-lab.example.net"]
  }
}
