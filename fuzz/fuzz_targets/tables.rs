//! FMA's tables: features, a byte 0xFF, tracks.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tonegrad::fma::{FmaReader, Subset};
use tonegrad::fma::synthetic::Tables;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |&byte| byte == 0xFF).map(<[u8]>::to_vec);
    let (features, tracks) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let reader = match bytes.first() {
        Some(b'F') => FmaReader::new().subset(Subset::Medium),
        _ => FmaReader::new(),
    };
    if let Ok(fma) = reader.tables("fuzz", Tables { features, tracks }) {
        assert!(fma.len() >= 2 && fma.dataset().x().iter().all(|value| value.is_finite()));
        assert_eq!(fma.dataset().x().dim(), (fma.ids().len(), fma.columns().len()));
        assert!(fma.ids().is_sorted() && fma.dataset().counts().iter().all(|&tracks| tracks > 0));
    }
});
