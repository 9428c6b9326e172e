//! Which hosts a store may have. A key of the API may name any address as a dataset's, and whoever asks for its page makes us ask that
//! host: it must not be this machine, a neighbour in its network, or the cloud's own servers.
//!
//! What is looked at is the address that is connected to, not the name: a name may lead to another place at each look-up.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use url::Host;

use crate::domain::dataset::address::Address;

/// Where stores may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Anywhere: a service on somebody's own machine, whose stores may be there too.
    Anywhere,
    /// In the public internet, and nowhere else.
    Public,
}

impl Reach {
    /// Whether the store may be asked, as far as its address says. A number needs no look-up, so no resolver sees it; the parser of
    /// addresses has brought its other spellings (decimal, octal, hexadecimal) into one form.
    pub(super) fn covers(self, store: &Address) -> bool {
        let number = match store.url().host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(_)) | None => return true,
        };
        self == Self::Anywhere || is_public(number)
    }
}

/// Looks names up, and gives the public addresses only.
pub(super) struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is the one of the request, whatever stands here.
            let found = lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(io::Error::other("its name leads to no public address").into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet's: <https://www.iana.org/assignments/iana-ipv4-special-registry>,
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        // "This network", and everything from multicast to broadcast.
        || a == 0
        || a >= 224
        // A provider's own network (RFC 6598), protocols' own, relays of 6to4, and benchmarks (RFC 2544).
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && (18..20).contains(&b)))
}

/// Only what is given out to be reached, `2000::/3`, and of that neither documentation nor what leads to an IPv4 address by another way.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(ip) = ip.to_ipv4_mapped() {
        return is_public_v4(ip);
    }
    let [first, second, ..] = ip.segments();
    let is_given_out = first & 0xe000 == 0x2000;
    // 2001::/23 with Teredo, 2001:db8::/32, 3fff::/20 and 6to4's 2002::/16.
    let is_special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        || (first == 0x3fff && second < 0x1000)
        || first == 0x2002;
    is_given_out && !is_special
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use futures_util::FutureExt as _;
    use tokio::net::TcpListener;

    use super::*;
    use crate::domain::dataset::address::parse;
    use crate::zarr::{Error, Limits, Zarr};

    #[test]
    fn s9_only_addresses_of_the_public_internet_are_public() {
        let is = |text: &str| is_public(IpAddr::from_str(text).expect(text));
        for public in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
        ] {
            assert!(is(public), "{public}");
        }
        for public in ["2606:4700::1111", "2a00:1450:4001::200e", "2001:200::1", "::ffff:1.1.1.1"] {
            assert!(is(public), "{public}");
        }
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            assert!(!is(inside), "{inside}");
        }
        for inside in [
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!is(inside), "{inside}");
        }
    }

    #[tokio::test]
    async fn s9_this_machine_is_never_asked_however_it_is_spelled() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let zarr = Zarr::new(Limits::default(), Reach::Public).expect("a client");
        for host in [
            "127.0.0.1",
            "localhost",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "0",
            "[::1]",
            "[::ffff:7f00:1]",
        ] {
            let url = parse(&format!("http://{host}:{port}/store")).expect(host);
            let error = zarr.read(&Address::new(&url).expect(host)).await.expect_err(host);
            let is_refused = match &error {
                Error::NotPublic => host != "localhost",
                Error::Lost(why) => host == "localhost" && why == "its name leads to no public address",
                _ => false,
            };
            assert!(is_refused, "{host}: {error}");
        }
        assert!(listener.accept().now_or_never().is_none(), "somebody came");
    }
}
