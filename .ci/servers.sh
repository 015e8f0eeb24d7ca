# Sourced. Dovecot (IMAP, LMTP) and Postfix (SMTP) on 127.0.0.1 with throw-away configuration and free ports; all their
# state lies in one folder. Mail to the example domains below goes to Dovecot, mail to anywhere else is refused:
# nothing can leave the machine.
#
#   servers_up DIR     start; DIR/servers.json then has addresses, password, CA file and the folder of the mailboxes
#   servers_down DIR   stop what servers_up started
#
# Ports: imap (plain), imaps; mx takes mail from anybody for the local domains; submission wants STARTTLS and a login.

servers_up() {
  local dir=$1 ports
  mkdir -p "$dir"/{dovecot,home,log,postfix,spool,data}
  chmod 755 "$dir" "$dir"/{spool,postfix,log}
  chown 5000:5000 "$dir/home" # Dovecot opens no mail of uid 0; a bare number needs no passwd entry
  chown postfix "$dir/data"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/log/openssl.log"
  read -r -a ports < <(free_ports 5)
  printf '{"imap": %d, "imaps": %d, "lmtp": %d, "mx": %d, "submission": %d, "password": "secret", "ca": "%s", "home": "%s"}\n' \
    "${ports[@]}" "$dir/cert.pem" "$dir/home" >"$dir/servers.json"
  dovecot_conf "$dir" "${ports[@]}" >"$dir/dovecot.conf"
  dovecot -c "$dir/dovecot.conf"
  postfix_conf "$dir" "${ports[@]}"
  postfix -c "$dir/postfix" start >"$dir/log/postfix-start.log" 2>&1 || { cat "$dir/log/postfix-start.log" >&2; return 1; }
  servers_wait "$dir" "${ports[@]}"
}

servers_down() {
  local dir=$1
  [ ! -s "$dir/postfix/main.cf" ] || postfix -c "$dir/postfix" stop >>"$dir/log/postfix-start.log" 2>&1 || true
  [ ! -s "$dir/dovecot/master.pid" ] || doveadm -c "$dir/dovecot.conf" stop 2>>"$dir/log/dovecot.log" || true
}

# free_ports N prints N ports that nobody listens on, below the range from which the system takes them for itself.
free_ports() {
  /usr/bin/python3 - "$1" <<'P'
import random, socket, sys
found = []
while len(found) < int(sys.argv[1]):
    port = random.randrange(20000, 32000)
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
    if port not in found:
        found.append(port)
print(*found)
P
}

servers_wait() {
  local dir=$1 port
  shift
  for port in "$@"; do
    for _ in $(seq 100); do
      if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue 2; fi
      sleep 0.1
    done
    echo "port $port did not open" >&2
    tail -n 20 "$dir"/log/*.log >&2
    return 1
  done
}

dovecot_conf() {
  local dir=$1 imap=$2 imaps=$3 lmtp=$4
  cat <<C
base_dir = $dir/dovecot
state_dir = $dir/dovecot
instance_name = uketsuke-ci
log_path = $dir/log/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <$dir/cert.pem
ssl_key = <$dir/key.pem
disable_plaintext_auth = no
auth_username_format = %Lu
mail_location = maildir:~/Maildir
first_valid_uid = 5000
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=5000 gid=5000 home=$dir/home/%Lu allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp
  }
}
service auth {
  unix_listener auth-postfix {
    mode = 0666
  }
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    auto = create
    special_use = \\Sent
  }
  mailbox Drafts {
    auto = create
    special_use = \\Drafts
  }
}
C
}

# The local domains: office, two agencies by name, the ten of the batch, a company's, and a stranger's, so that what
# would go to the stranger is seen, not lost.
postfix_conf() {
  local dir=$1 lmtp=$4 mx=$5 submission=$6
  cat >"$dir/postfix/main.cf" <<C
compatibility_level = 3.6
queue_directory = $dir/spool
data_directory = $dir/data
maillog_file_prefixes = $dir/log
maillog_file = $dir/log/postfix.log
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mx.kobe.example
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = kobe.example minato-bank.example hyogo-cci.example nada-sake.example stranger.example $(printf 'agency%d.example ' {0..9})
virtual_transport = lmtp:inet:127.0.0.1:$lmtp
default_transport = error:no mail leaves this machine
relay_transport = error:no mail leaves this machine
message_size_limit = 100000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_relay_restrictions = permit_sasl_authenticated reject_unauth_destination
smtpd_client_connection_count_limit = 0
smtpd_sasl_type = dovecot
smtpd_sasl_path = $dir/dovecot/auth-postfix
smtpd_tls_chain_files = $dir/key.pem $dir/cert.pem
smtp_dns_support_level = disabled
lmtp_connection_cache_on_demand = yes
C
  {
    echo "127.0.0.1:$mx inet n - n - - smtpd"
    echo "127.0.0.1:$submission inet n - n - - smtpd"
    printf '  -o %s\n' smtpd_tls_security_level=encrypt smtpd_sasl_auth_enable=yes smtpd_relay_restrictions=permit_sasl_authenticated,reject
    cat <<'C'
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
C
  } >"$dir/postfix/master.cf"
}
