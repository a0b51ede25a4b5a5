#!/usr/bin/env bash
# Runs a command with Open MPI's mpirun on two hosts: network namespaces of this machine, connected only by TCP:
#   two_hosts.sh -np 2 seqrl sweep sweep.yaml
# RATE=1gbit limits each host's sending rate. Needs root, iproute2 and util-linux; removes the namespaces at the end.
set -euo pipefail

folder=$(mktemp -d)
hosts=("seqrl-$$-1" "seqrl-$$-2")
trap 'for host in "${hosts[@]}"; do ip netns delete "$host" 2> /dev/null || true; done; rm -rf "$folder"' EXIT

for host in "${hosts[@]}"; do ip netns add "$host"; done
ip link add veth0 netns "${hosts[0]}" type veth peer name veth0 netns "${hosts[1]}"
for i in 0 1; do
  ip -netns "${hosts[i]}" address add "10.99.0.$((i + 1))/24" dev veth0
  ip -netns "${hosts[i]}" link set veth0 up
  ip -netns "${hosts[i]}" link set lo up
  [[ -z ${RATE:-} ]] || ip netns exec "${hosts[i]}" tc qdisc add dev veth0 root tbf rate "$RATE" burst 256kb latency 50ms
done

# mpirun calls this instead of ssh, with a host's address and a command.
cat > "$folder/shell" <<END
#!/bin/bash
host=\$1; shift
exec ip netns exec "seqrl-$$-\${host##*.}" unshare --uts bash -c "hostname host\${host##*.}; \$*"
END
chmod +x "$folder/shell"

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
ip netns exec "${hosts[0]}" unshare --uts bash -c 'hostname host1; exec "$@"' - \
  mpirun --mca plm_rsh_agent "$folder/shell" --host 10.99.0.1,10.99.0.2 --mca btl tcp,self --bind-to none "$@"
