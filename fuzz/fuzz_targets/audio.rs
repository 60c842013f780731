//! A file of music: any bytes have features or a reason, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tonegrad::audio::{Families, Signal, Song, Target, features};

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, bytes)) = bytes.split_first() else { return };
    let path = std::env::temp_dir().join(format!("tonegrad-fuzz-{}", std::process::id()));
    std::fs::write(&path, bytes).expect("room for a small file");
    let target = if first % 2 == 0 { Target::Fma } else { Target::Librosa };
    if let Ok(mut song) = Song::open(&path, target) {
        assert!(song.rate() > 0.0);
        if let Ok(found) = features(&mut song, target, Families::all()) {
            assert_eq!(found.values.len(), 518);
            assert!(found.samples > 0);
            let missing = found.values.iter().filter(|value| !value.is_finite()).count();
            assert_eq!(missing > 0, found.stopped.is_some());
        }
    }
});
