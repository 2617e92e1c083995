//! Argon2id on one thread: hashes, comparisons, and what a stored hash is made of.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;

use super::Verdict;
use crate::accounts::rules;
use crate::secret::{Secret, random_bytes};

/// The most memory that a stored hash may ask for, in KiB: an imported one could ask for all there is.
const MAX_MEMORY_KIB: u32 = 1_048_576;
/// The most passes that a stored hash may ask for.
const MAX_ITERATIONS: u32 = 100;

/// Whether `text` is a hash that can be compared with: for hashes that come from elsewhere.
pub fn is_usable_hash(text: &str) -> bool {
    Parsed::read(text).is_some()
}

/// One thread's Argon2, with memory that it keeps.
pub struct Hasher {
    params: Params,
    memory: Vec<Block>,
    /// Blocks computed so far, for the test that every answer costs the same.
    #[cfg(test)]
    pub(super) effort: usize,
}

impl Hasher {
    /// An Argon2 of this cost, without its memory yet.
    pub fn new(params: Params) -> Self {
        Self {
            params,
            memory: Vec::new(),
            #[cfg(test)]
            effort: 0,
        }
    }

    /// A new hash at today's cost.
    pub fn hash(&mut self, password: &Secret) -> String {
        let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
        let params = self.params.clone();
        let salt = random_bytes::<16>();
        let output =
            self.compute(Argon2::new(algorithm, version, params.clone()), password, &salt, 32);
        let hash = PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params).expect("parameters are spelled"),
            salt: Some(Salt::new(&salt).expect("16 bytes are a salt")),
            hash: output.map(|output| Output::new(&output).expect("32 bytes are an output")),
        };
        hash.to_string()
    }

    /// Compares with a stored hash; without one it costs the same.
    pub fn verify(&mut self, password: &Secret, stored: Option<&str>) -> Verdict {
        let Some(stored) = stored.and_then(Parsed::read) else {
            self.hash(password);
            return Verdict::Wrong;
        };
        let argon2 = Argon2::new(stored.algorithm, stored.version, stored.params.clone());
        let output = self.compute(argon2, password, &stored.salt, stored.output.len());
        let right = output.is_some_and(|output| output.ct_eq(stored.output.as_bytes()).into());
        if right { Verdict::Right { outdated: self.is_outdated(&stored) } } else { Verdict::Wrong }
    }

    fn is_outdated(&self, stored: &Parsed) -> bool {
        let cheaper = stored.params.m_cost() < self.params.m_cost()
            || stored.params.t_cost() < self.params.t_cost();
        cheaper || stored.algorithm != Algorithm::Argon2id || stored.version != Version::V0x13
    }

    /// `None` when Argon2 does not take such sizes, which only a hash from elsewhere can have.
    fn compute(
        &mut self,
        argon2: Argon2<'_>,
        password: &Secret,
        salt: &[u8],
        length: usize,
    ) -> Option<Vec<u8>> {
        let blocks = argon2.params().block_count();
        if self.memory.len() < blocks {
            self.memory.resize(blocks, Block::default());
        }
        #[cfg(test)]
        {
            self.effort += blocks * argon2.params().t_cost() as usize;
        }
        let password = rules::prepare(password);
        let mut output = vec![0; length];
        let memory = &mut self.memory[..blocks];
        let done = argon2.hash_password_into_with_memory(
            password.expose().as_bytes(),
            salt,
            &mut output,
            memory,
        );
        // A costlier hash from elsewhere must not keep its memory for good.
        self.memory.truncate(self.params.block_count());
        self.memory.shrink_to_fit();
        done.ok().map(|()| output)
    }
}

/// A stored hash, taken apart.
struct Parsed {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    output: Output,
}

impl Parsed {
    fn read(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        let params = Params::try_from(&hash).ok()?;
        if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_ITERATIONS {
            return None;
        }
        Some(Self {
            algorithm: Algorithm::try_from(hash.algorithm.as_str()).ok()?,
            version: hash
                .version
                .map_or(Some(Version::V0x13), |version| Version::try_from(version).ok())?,
            params,
            salt: hash.salt?,
            output: hash.hash?,
        })
    }
}
