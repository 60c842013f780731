//! Both protocols from outside: what the honest one keeps apart, and what the paper's mixes.

use tonegrad::Seed;
use tonegrad::fma::{Balance, Fma, FmaReader, Preparation, Prepared, Protocol, Split};

fn fma() -> Fma {
    FmaReader::new().families(["tonnetz", "zcr"]).synthetic(Seed(3), 600).unwrap()
}

fn prepared(fma: &Fma, protocol: Protocol, balance: Balance, split: Split) -> Prepared {
    Preparation { protocol, balance, split, ..Preparation::default() }.prepare(fma, Seed(5)).unwrap()
}

#[test]
fn the_honest_protocol_balances_the_training_part_and_nothing_else() {
    let fma = fma();
    for split in [Split::Random, Split::Stratified, Split::Artist, Split::Official] {
        let plain = fma.split(split, Seed(5)).unwrap().standardized().unwrap();
        for balance in [Balance::None, Balance::Weights, Balance::Smote, Balance::Oversample] {
            let Prepared { parts, class_weights, before, after, lineage } =
                prepared(&fma, Protocol::Honest, balance, split);
            assert_eq!((&parts.valid, &parts.test), (&plain.valid, &plain.test), "{balance}");
            assert_eq!((&parts.rows, &parts.standardize), (&plain.rows, &plain.standardize), "{balance}");
            assert_eq!((before, after), (plain.train.counts(), parts.train.counts()));
            assert_eq!(class_weights.is_some(), balance == Balance::Weights);
            assert!(lineage.is_none());
            let (n, wanted) = (plain.train.len(), plain.train.counts().into_iter().max().unwrap());
            if let Balance::Smote | Balance::Oversample = balance {
                let real = parts.train.select(&(0..n).collect::<Vec<_>>()).without_groups();
                assert_eq!(real, (*plain.train).clone().without_groups(), "real rows come first");
                // A genre of a single track has no neighbour to blend with, and one of none has nothing to repeat.
                let expected = plain.train.counts().into_iter().map(|count| match (count, balance) {
                    (0, _) => 0,
                    (1, Balance::Smote) => 1,
                    _ => wanted,
                });
                assert!(parts.train.counts().into_iter().eq(expected), "{:?}", parts.train.counts());
            } else {
                assert_eq!(parts.train, plain.train);
            }
        }
    }
}

#[test]
fn the_papers_protocol_balances_everything_and_says_what_it_leaks() {
    let fma = fma();
    for split in [Split::Random, Split::Stratified] {
        let Prepared { parts, before, after, lineage, .. } = prepared(&fma, Protocol::Paper, Balance::Smote, split);
        assert_eq!(before, fma.dataset().counts());
        let largest = *before.iter().max().unwrap();
        assert!(after.iter().all(|&n| n == largest));
        assert_eq!(parts.train.len() + parts.valid.len() + parts.test.len(), 16 * largest);

        let leak = lineage.unwrap().leak(&parts);
        assert!(leak.iter().map(|l| l.rows).eq(parts.test.counts()));
        let rarest = (0..16).min_by_key(|&class| before[class]).unwrap();
        assert!(leak[rarest].synthetic_share() > 0.9 && leak[rarest].parent_share() > 0.5, "{:?}", leak[rarest]);
        let commonest = (0..16).max_by_key(|&class| before[class]).unwrap();
        assert_eq!(leak[commonest].synthetic, 0);
    }
    let plain = prepared(&fma, Protocol::Paper, Balance::None, Split::Random);
    assert_eq!((plain.parts.train.len(), plain.lineage), (480, None));
    let weights = prepared(&fma, Protocol::Paper, Balance::Weights, Split::Random);
    assert_eq!(weights.class_weights, Some(weights.parts.train.balanced_weights()));
}

#[test]
fn the_cap_belongs_to_smote_under_both_protocols() {
    let fma = fma();
    for protocol in [Protocol::Honest, Protocol::Paper] {
        let how = Preparation { protocol, balance: Balance::Smote, cap: 50, ..Preparation::default() };
        let Prepared { before, after, .. } = how.prepare(&fma, Seed(5)).unwrap();
        assert!(*before.iter().max().unwrap() > 50 && after.iter().all(|&n| n == 50), "{after:?}");
        let how = Preparation { balance: Balance::Oversample, ..how };
        assert_eq!(how.prepare(&fma, Seed(5)).unwrap().after.into_iter().max(), before.into_iter().max());
    }
}

#[test]
fn synthetic_rows_have_no_artist_to_be_split_by() {
    for split in [Split::Artist, Split::Official] {
        let how = Preparation { protocol: Protocol::Paper, balance: Balance::Smote, split, ..Preparation::default() };
        let error = how.prepare(&fma(), Seed(5)).unwrap_err().to_string();
        assert!(error.contains(&split.to_string()) && error.contains("random or stratified"), "{error}");
    }
}
