//! Addresses of machines: which network one lies in, and who a request is from when it came through proxies.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A network, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    prefix: u32,
}

/// Why a text names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address (`10.0.0.1`, `fd00::1`) nor a network (`10.0.0.0/8`, `fd00::/8`)")]
pub struct NotANetwork(String);

impl Network {
    /// Reads `10.0.0.0/8`, `fd00::/8`, or an address alone. Bits beyond the prefix count for nothing.
    pub fn parse(text: &str) -> Result<Self, NotANetwork> {
        let wrong = || NotANetwork(text.chars().take(60).collect());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let (longest, before) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let prefix = match prefix {
            None => longest,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|n| *n <= longest).ok_or_else(wrong)?
            }
            Some(_) => return Err(wrong()),
        };
        let prefix = before + prefix;
        Ok(Self { bits: bits(address) & mask(prefix), prefix })
    }

    /// Whether the address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        bits(address) & mask(self.prefix) == self.bits
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = Ipv6Addr::from_bits(self.bits).to_canonical();
        let before = if address.is_ipv4() { 96 } else { 0 };
        write!(f, "{address}/{}", self.prefix.saturating_sub(before))
    }
}

/// Who is counted as one: an IPv4 address, or the /64 of an IPv6 address, of which any household has 2⁶⁴ addresses.
pub fn household(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(_) => bits(address),
        IpAddr::V6(_) => bits(address) & mask(64),
    }
}

/// Who sent a request that came from `peer`. `forwarded` are the values of `X-Forwarded-For` in the order of the headers; a proxy adds at
/// the end, so they are read from there, and only for as long as whoever wrote them is trusted. The first one that is not trusted is the
/// client: what stands before it is its own claim.
pub fn client<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[Network],
) -> IpAddr {
    let is_trusted = |address| trusted.iter().any(|network| network.contains(address));
    let mut client = peer;
    for told in forwarded.rev().flat_map(|value| value.rsplit(',')) {
        if !is_trusted(client) {
            break;
        }
        match address_in(told.trim()) {
            Some(address) => client = address,
            None => break,
        }
    }
    client
}

/// An address as proxies write it: some add a port.
fn address_in(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Some((address, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address.parse().ok();
    }
    text.rsplit_once(':').and_then(|(address, _)| address.parse().ok()).filter(IpAddr::is_ipv4)
}

/// An address as 128 bits; IPv4 the way that IPv6 carries it.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn mask(prefix: u32) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(prefix)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Vec<Network> {
        texts.iter().map(|text| Network::parse(text).expect(text)).collect()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn a_network_holds_what_its_prefix_says() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3/8", "10.0.0.1", "9.255.255.255"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
            ("fd00::/8", "fdff::1", "fe00::1"),
            ("::/0", "2001:db8::1", ""),
            ("2001:db8::1", "2001:db8::1", "2001:db8::2"),
            ("127.0.0.1", "::ffff:127.0.0.1", "::1"),
        ] {
            let parsed = Network::parse(network).expect(network);
            assert!(parsed.contains(ip(inside)), "{network} {inside}");
            assert!(outside.is_empty() || !parsed.contains(ip(outside)), "{network} {outside}");
        }
        assert_eq!(Network::parse("10.1.2.3/8").expect("a network").to_string(), "10.0.0.0/8");
        for wrong in
            ["", "10.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "::/129", "proxy", "10.0.0.0/8/8"]
        {
            assert!(Network::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn s31_only_what_a_trusted_proxy_wrote_is_believed() {
        let trusted = networks(&["10.0.0.0/8", "fd00::/8"]);
        for (peer, forwarded, is) in [
            ("203.0.113.1", vec!["1.1.1.1"], "203.0.113.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec!["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec!["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec!["1.1.1.1, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ("10.0.0.1", vec!["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", vec!["198.51.100.7:4711"], "198.51.100.7"),
            ("fd00::1", vec!["[2001:db8::7]:4711"], "2001:db8::7"),
            ("10.0.0.1", vec!["1.1.1.1, nonsense"], "10.0.0.1"),
            ("10.0.0.1", vec!["1.1.1.1, "], "10.0.0.1"),
        ] {
            assert_eq!(client(ip(peer), forwarded.iter().copied(), &trusted), ip(is), "{peer} {forwarded:?}");
        }
        assert_eq!(client(ip("10.0.0.1"), ["1.1.1.1"].into_iter(), &[]), ip("10.0.0.1"), "nobody is trusted");
    }

    #[test]
    fn s31_an_ipv6_household_is_one() {
        assert_eq!(household(ip("2001:db8::1")), household(ip("2001:db8::ffff:1")));
        assert_ne!(household(ip("2001:db8::1")), household(ip("2001:db8:0:1::1")));
        assert_ne!(household(ip("192.0.2.1")), household(ip("192.0.2.2")));
        assert_eq!(household(ip("192.0.2.1")), household(ip("::ffff:192.0.2.1")));
    }
}
