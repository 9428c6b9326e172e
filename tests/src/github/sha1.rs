//! SHA-1, because git names its objects by it.
//!
//! Only for names in a test world; nothing here is about security. The algorithm is the one of RFC 3174.

/// The digest of `message` as 40 hexadecimal digits.
pub(super) fn hex_digest(message: &[u8]) -> String {
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    let bits = (message.len() as u64) * 8;
    padded.extend_from_slice(&bits.to_be_bytes());

    for block in padded.chunks_exact(64) {
        absorb(&mut state, block);
    }
    state.iter().fold(String::new(), |hex, word| format!("{hex}{word:08x}"))
}

fn absorb(state: &mut [u32; 5], block: &[u8]) {
    let mut schedule = [0_u32; 80];
    for (word, bytes) in schedule.iter_mut().zip(block.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, byte| (word << 8) | u32::from(*byte));
    }
    for i in 16..80 {
        schedule[i] =
            (schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16]).rotate_left(1);
    }

    // The names of the standard, a to e, in one array: [a, b, c, d, e].
    let mut turn = *state;
    for (round, word) in schedule.into_iter().enumerate() {
        let [_, x, y, z, _] = turn;
        let (mix, constant) = match round {
            0..20 => ((x & y) | (!x & z), 0x5a82_7999),
            20..40 => (x ^ y ^ z, 0x6ed9_eba1),
            40..60 => ((x & y) | (x & z) | (y & z), 0x8f1b_bcdc),
            _ => (x ^ y ^ z, 0xca62_c1d6_u32),
        };
        let [first, .., last] = turn;
        let sum = [mix, last, constant, word].into_iter().fold(first.rotate_left(5), u32::wrapping_add);
        turn = [sum, first, x.rotate_left(30), y, z];
    }
    for (word, add) in state.iter_mut().zip(turn) {
        *word = word.wrapping_add(add);
    }
}

#[cfg(test)]
mod tests {
    use super::hex_digest;

    #[test]
    fn the_examples_of_the_standard_come_out() {
        for (message, digest) in [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
            ),
        ] {
            assert_eq!(hex_digest(message.as_bytes()), digest, "{message:?}");
        }
    }
}
