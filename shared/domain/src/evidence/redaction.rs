//! Values that are kept as keyed hashes. Spec: `docs/formats/evidence.md`, *Redaction*.

use super::Cell;
use crate::{Digest, TenantId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::{collections::BTreeMap, fmt};

/// The salt of raw answers that are withheld; no column may name it.
pub const RAW_SALT: &str = "raw";

/// The key that a tenant's salts come from: 32 bytes. It shows itself nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct RedactionKey([u8; 32]);

/// What values of one kind are hashed with: whoever has it can say whether a value is the one that was redacted, and no more.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

/// A text that is no key and no salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not 64 hexadecimal digits")]
pub struct NotHexadecimal;

impl RedactionKey {
    /// A key from its 64 hexadecimal digits.
    pub fn from_hexadecimal(text: &str) -> Result<Self, NotHexadecimal> {
        bytes(text).map(Self)
    }

    /// The salt that `tenant` hashes values of the kind `name` with: HMAC-SHA256 (RFC 2104) of `exhibit/redaction/v1/<tenant>/<name>`.
    pub fn salt(&self, tenant: &TenantId, name: &str) -> Salt {
        Salt(hmac(&self.0, format!("exhibit/redaction/v1/{tenant}/{name}").as_bytes()))
    }
}

impl Salt {
    /// A salt from its 64 hexadecimal digits.
    pub fn from_hexadecimal(text: &str) -> Result<Self, NotHexadecimal> {
        bytes(text).map(Self)
    }

    /// Its 64 hexadecimal digits: to be given to whoever may check.
    pub fn expose(&self) -> String {
        hex::encode(self.0)
    }

    /// What stands in the evidence for it: its SHA-256.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// What stands for `text`: its HMAC-SHA256 in hexadecimal digits.
    pub fn redacted(&self, text: &str) -> String {
        hex::encode(hmac(&self.0, text.as_bytes()))
    }

    /// What stands for the digest of `bytes`.
    pub(super) fn digest_of(&self, bytes: &[u8]) -> Digest {
        Digest::from_bytes(hmac(&self.0, bytes))
    }
}

impl fmt::Debug for RedactionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedactionKey")
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}

/// How an evidence document is redacted; not at all by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redaction(Option<Salts>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Salts {
    // By column, in the order of columns; none for those that stay as they are.
    columns: Vec<Option<(String, Salt)>>,
    raw: Salt,
}

/// What a document says of its own redaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redacted {
    /// Each redacted column, and the name of its salt.
    pub columns: BTreeMap<String, String>,
    /// Each salt by its name, as the SHA-256 of its bytes.
    pub salts: BTreeMap<String, Digest>,
}

impl Redaction {
    /// Redacts, of columns in their order, those that `salt_names` gives a salt's name for.
    pub fn new<'a>(
        key: &RedactionKey,
        tenant: &TenantId,
        salt_names: impl IntoIterator<Item = Option<&'a str>>,
    ) -> Self {
        let salt = |name: &str| (name.to_owned(), key.salt(tenant, name));
        let columns = salt_names.into_iter().map(|name| name.map(salt)).collect();
        Self(Some(Salts { columns, raw: key.salt(tenant, RAW_SALT) }))
    }

    /// Whether anything is redacted: then raw answers are withheld, and so are their names.
    pub fn is_any(&self) -> bool {
        self.0.is_some()
    }

    /// The salt of raw answers, when they are withheld.
    pub(super) fn raw(&self) -> Option<&Salt> {
        self.0.as_ref().map(|salts| &salts.raw)
    }

    /// The cell of column `index` as it may be kept. No value stays no value.
    pub(super) fn cell(&self, index: usize, cell: &Cell) -> Option<String> {
        let (_, salt) = self.0.as_ref()?.columns.get(index)?.as_ref()?;
        match cell {
            Cell::Null => None,
            Cell::Text(text) => Some(salt.redacted(text)),
            other => Some(salt.redacted(&other.to_string())),
        }
    }

    /// What the document with columns of these names says of it.
    pub(super) fn told<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Option<Redacted> {
        let Salts { columns, raw } = self.0.as_ref()?;
        let mut redacted =
            Redacted { columns: BTreeMap::new(), salts: BTreeMap::from([(RAW_SALT.to_owned(), raw.digest())]) };
        for (name, salted) in names.into_iter().zip(columns) {
            let Some((salt_name, salt)) = salted else { continue };
            redacted.columns.insert(name.to_owned(), salt_name.clone());
            redacted.salts.insert(salt_name.clone(), salt.digest());
        }
        Some(redacted)
    }
}

// A key that is shorter than a block stands at its beginning, and zeros behind it (RFC 2104, section 2).
fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut state = Hmac::<Sha256>::new(&block.into());
    state.update(message);
    state.finalize().into_bytes().into()
}

fn bytes(text: &str) -> Result<[u8; 32], NotHexadecimal> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| NotHexadecimal)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_hashes_as_rfc_4231_says() {
        // Test case 2 of RFC 4231 has a key of four bytes; with zeros behind them it is the same key.
        let key = format!("{:0<64}", hex::encode("Jefe"));
        let salt = Salt::from_hexadecimal(&key).unwrap();
        assert_eq!(
            salt.redacted("what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(salt.expose(), key);
    }

    #[test]
    fn each_tenant_and_each_kind_of_value_has_a_salt_of_its_own_and_neither_shows_itself() {
        let key = RedactionKey::from_hexadecimal(&"07".repeat(32)).unwrap();
        let (acme, globex) = ("acme".parse().unwrap(), "globex".parse().unwrap());
        let salts = [key.salt(&acme, "person"), key.salt(&acme, "device"), key.salt(&globex, "person")];
        assert!(salts[0] != salts[1] && salts[0] != salts[2] && salts[0] == key.salt(&acme, "person"));
        assert_eq!(format!("{key:?} {:?}", salts[0]), "RedactionKey Salt");
        assert!(RedactionKey::from_hexadecimal("07").is_err() && Salt::from_hexadecimal(&"zz".repeat(32)).is_err());
    }
}
