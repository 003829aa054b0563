//! A Merkle tree that grows (RFC 6962, section 2.1).

use sha2::{Digest as _, Sha256};

pub(super) type Hash = [u8; 32];

/// The hash of a leaf: `SHA-256(0x00 || data)`.
pub(super) fn leaf(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root over these leaves (`MTH`).
pub(super) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// The audit path of the leaf at `index`, from the leaf to the root (`PATH`); empty where there is no such leaf.
pub(super) fn path(leaves: &[Hash], index: usize) -> Vec<Hash> {
    if leaves.len() < 2 || index >= leaves.len() {
        return Vec::new();
    }
    let middle = split(leaves.len());
    let (left, right) = leaves.split_at(middle);
    let (mut hashes, sibling) = if index < middle {
        (path(left, index), root(right))
    } else {
        (path(right, index - middle), root(left))
    };
    hashes.push(sibling);
    hashes
}

/// The largest power of two below `count`, which is two or more.
fn split(count: usize) -> usize {
    1 << (count - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The root that a path leads to (RFC 9162, section 2.1.3.2), written independently of how it was made.
    fn walk(start: Hash, index: usize, size: usize, hashes: &[Hash]) -> Hash {
        let (mut position, mut last, mut hash) = (index, size - 1, start);
        for sibling in hashes {
            if position % 2 == 1 || position == last {
                hash = node(sibling, &hash);
                while position % 2 == 0 && position != 0 {
                    position >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node(&hash, sibling);
            }
            position >>= 1;
            last >>= 1;
        }
        hash
    }

    #[test]
    fn every_path_leads_to_the_root_in_trees_of_every_shape() {
        let leaves: Vec<Hash> = (0..33_u8).map(|byte| leaf(&[byte])).collect();
        for size in 1..=leaves.len() {
            let leaves = &leaves[..size];
            for index in 0..size {
                let hashes = path(leaves, index);
                assert_eq!(walk(leaves[index], index, size, &hashes), root(leaves), "{index} of {size}");
            }
        }
    }

    #[test]
    fn the_empty_tree_has_the_hash_of_nothing() {
        assert_eq!(root(&[])[..4], [0xe3, 0xb0, 0xc4, 0x42]);
    }
}
