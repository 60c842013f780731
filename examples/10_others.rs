//! Chapter 10: SMOTE before the split, SMOTE after it, and the control that tells why they differ.

use tonegrad::fma::{Balance, Preparation, Protocol, Split};
use tonegrad::pictures::Chart;
use tonegrad::prelude::*;

fn fit(parts: &Parts) -> Result<[tonegrad::nn::Model<f32>; 2]> {
    let hidden = (0..3).fold(Sequential::new([8]), |net, _| net.then(Dense::new(64).relu()));
    let mut models =
        [hidden, Sequential::new([8])].map(|net| net.then(Dense::new(12)).build(Seed(0)).expect("it fits"));
    for model in &mut models {
        let trainer = Trainer::new(Adam::new(0.005)).epochs(8).early_stopping(EarlyStopping::on(Monitor::Last));
        trainer.batch_size(200).fit(model, &parts.train, &parts.valid, Seed(0))?;
    }
    Ok(models)
}

fn main() -> Result<()> {
    let fma = Fma::open("examples/data/fma_echonest.zip")?;
    // A tenth of the tracks, by artists of their own, is held out of everything: it judges both ways.
    let parts = fma.split(Split::Artist, Seed(0))?;
    let rest = fma.dataset().select(&[&parts.rows.train[..], &parts.rows.valid[..]].concat());
    let smote = Preparation { balance: Balance::Smote, cap: 1_000, ..Preparation::default() };
    // Leaking: cut genres to 1,000, SMOTE, standardise everything, then split.
    let leaking = Preparation { protocol: Protocol::Paper, ..smote }.paper(&rest, Seed(0))?;
    // Honest: SMOTE on the training part. The control gives the test part a SMOTE of its own: as synthetic, unrelated.
    let honest = smote.honest(parts.clone(), Seed(0))?;
    let alone = Smote::default().balance_leniently(&Train::new(parts.test.clone()), Seed(0))?.0;
    let plain = parts.clone().standardized()?;
    let leak = leaking.lineage.as_ref().unwrap().leak(&leaking.parts).into_iter().reduce(|a, b| a + b).unwrap();
    let [synthetic, related] = [leak.synthetic_share(), leak.parent_share()].map(|share| 100.0 * share);
    println!("{} real tracks became {} rows", rest.len(), leaking.after.iter().sum::<usize>());
    println!("synthetic test rows: {synthetic:.1} %; of these with a parent in training: {related:.1} %\n");
    let (first, after, none) = (fit(&leaking.parts)?, fit(&honest.parts)?, fit(&plain)?);
    let (mut held_out, mut control) = (parts.test.clone(), (*alone).clone());
    leaking.parts.standardize.iter().try_for_each(|standardize| standardize.apply(&mut held_out))?;
    honest.parts.standardize.iter().try_for_each(|standardize| standardize.apply(&mut control))?;
    println!("accuracy in per cent                            perceptron   linear model");
    for (what, models, rows) in [
        ("SMOTE, then split: its own test rows", &first, &leaking.parts.test),
        ("  the same models on tracks held out", &first, &held_out),
        ("split, then SMOTE: tracks held out", &after, &honest.parts.test),
        ("  the control: these after a SMOTE of their own", &after, &control),
        ("no SMOTE: tracks held out", &none, &plain.test),
    ] {
        let [mlp, linear] = models.each_ref().map(|model| 100.0 * model.evaluate(rows).expect("it fits").accuracy());
        println!("{what:47} {mlp:10.1} {linear:14.1}");
    }
    if let Some(folder) = std::env::args().nth(1) {
        let (jazz, real) = (|i: &usize| alone.classes()[alone.y()[*i]] == "Jazz", parts.test.len());
        let at = |i: usize| (f64::from(alone.x()[[i, 0]]), f64::from(alone.x()[[i, 2]]));
        let chart = Chart::new("SMOTE of one genre, Jazz", "acousticness", "energy");
        let chart = chart.points("synthetic", (real..alone.len()).filter(jazz).map(at));
        let svg = chart.points("real", (0..real).filter(jazz).map(at)).picture().to_svg();
        std::fs::write(format!("{folder}/10-others.svg"), svg).expect("a folder to write to");
    }
    Ok(())
}
