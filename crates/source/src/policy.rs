//! What may be read: everything on one's own machine, little on behalf of others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What may be read.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    pub(crate) files: bool,
    pub(crate) hosts: Hosts,
}

/// Which hosts may be asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hosts {
    /// All, also through the proxy that the environment names.
    All,
    /// Those whose address this takes. Never through a proxy, since it would be the one that looks up the address.
    Some(fn(IpAddr) -> bool),
}

impl Policy {
    /// Whoever loads the pipeline owns the machine: files, and any host.
    pub const OWN: Self = Self { files: true, hosts: Hosts::All };

    /// On behalf of somebody else: no file, and no host in our own network.
    pub const PUBLIC: Self = Self { files: false, hosts: Hosts::Some(is_public) };

    /// On behalf of somebody else who may know our own network: no file.
    pub const PRIVATE: Self = Self { files: false, hosts: Hosts::All };
}

/// Whether an address belongs to the internet at large (the registries of special-purpose addresses, RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match within(address) {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    const SPECIAL: [([u8; 4], u32); 13] = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 168, 0, 0], 16),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        // Multicast, reserved, broadcast.
        ([224, 0, 0, 0], 3),
    ];
    !SPECIAL.iter().any(|(net, length)| (address.to_bits() ^ u32::from_be_bytes(*net)) >> (32 - length) == 0)
}

/// Only 2000::/3 is given out, and of that some is special.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    first >> 13 == 1 && !(first == 0x2001 && (second < 0x200 || second == 0xdb8)) && first != 0x3fff
}

/// The address of the other kind that some carry within: mapped, compatible, NAT64, 6to4.
fn within(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [first, second, third, ..] = address.segments();
    let bits = address.to_bits();
    match (first, second) {
        (0x64, 0xff9b) => Some(Ipv4Addr::from_bits(bits as u32)),
        (0x2002, _) => Some(Ipv4Addr::from_bits(u32::from(second) << 16 | u32::from(third))),
        _ => address.to_ipv4(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_public() {
        for address in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_is_ours() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.8.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }
}
