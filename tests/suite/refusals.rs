//! What a learner can do wrong at a prompt, and what each mistake is told: operation, found, wanted, remedy.

use std::panic::{AssertUnwindSafe, catch_unwind};
use tonegrad::autograd::{Tape, Var, map_examples};
use tonegrad::nn::{Dense, Sequential};
use tonegrad::ops::{AvgPool1d, Conv1d, MaxPool1d, Padding, SoftmaxCrossEntropy};
use tonegrad::{Seed, Tensor};

/// The words of a panic.
fn refusal(mistake: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(mistake)).expect_err("this must be refused");
    let text = payload.downcast_ref::<String>().cloned();
    text.or(payload.downcast_ref::<&str>().map(|text| text.to_string())).expect("a panic has words")
}

fn zeros(shape: impl AsRef<[usize]>) -> Tensor<f64> {
    Tensor::zeros(shape.as_ref())
}

#[test]
fn a_tape_never_lies() {
    // h = a·a and the loss h·h: dh is 2h = 18 where it is kept, and refused where it was used up. It once was 0.
    let tape = Tape::new();
    let a = tape.leaf(Tensor::scalar(3.0));
    let h = tape.keep(&a * &a);
    let gradients = tape.gradients(&(&h * &h));
    assert_eq!((gradients.of(&h).item(), gradients.of(&a).item()), (18.0, 108.0));
    let learner = Tape::keeping_all();
    let a = learner.leaf(Tensor::scalar(3.0));
    let (h, unused) = (&a * &a, &a + &a);
    let gradients = learner.gradients(&(&h * &h));
    assert_eq!((gradients.of(&h).item(), gradients.of(&unused).item()), (18.0, 0.0), "zeros for what was not used");

    let tape = Tape::new();
    let a = tape.leaf(Tensor::scalar(3.0));
    let h = &a * &a;
    let gradients = tape.gradients(&(&h * &h));
    let told = refusal(|| drop(gradients.of(&h)));
    assert!(told.contains("made by Mul, was used up") && told.contains("Tape::keep"), "{told}");
}

#[test]
fn mistakes_with_tapes_are_named() {
    let (one, other) = (Tape::new(), Tape::new());
    let (a, b) = (one.leaf(Tensor::scalar(5.0)), other.leaf(Tensor::scalar(7.0)));
    let sum = &b + &b;
    let walked = Tape::new();
    let w = walked.leaf(Tensor::scalar(1.0));
    let loss = &w * &w;
    let gradients = walked.gradients(&loss);
    let kept = [
        (refusal(|| drop(&a * &sum)), &["Mul: input 1, made by Add, is on another tape", "Tape::leaf"][..]),
        (
            refusal(|| drop(map_examples(&one.leaf(zeros([2, 3])), &[&b], &[3], |x, _, _| x))),
            &["map_examples", "another tape"],
        ),
        (refusal(|| drop(one.gradients(&b))), &["backward: input 0", "another tape"]),
        (refusal(|| drop(gradients.of(&a))), &["another tape than that which was walked"]),
        (refusal(|| drop(walked.gradients(&loss))), &["walked already", "begin a new Tape"]),
        (refusal(|| drop(walked.leaf(Tensor::scalar(2.0)))), &["walked already", "begin a new Tape"]),
        (refusal(|| drop(&w + &w)), &["walked already", "begin a new Tape"]),
        (refusal(|| drop(one.keep(one.constant(zeros([1]))))), &["keep: a constant has no gradient", "Tape::leaf"]),
        (refusal(|| drop(gradients.of(&walked.constant(zeros([1]))))), &["a constant has no gradient", "Tape::leaf"]),
        (refusal(|| drop(one.gradients(&one.leaf(zeros([2]))))), &["gradients: the loss has shape [2]", "sum()"]),
        (refusal(|| drop(one.backward(&a, zeros([2])))), &["dy has shape [2], wanted that of y, []"]),
    ];
    for (told, wanted) in kept {
        assert!(wanted.iter().all(|words| told.contains(words)), "\"{told}\" does not say {wanted:?}");
    }
}

#[test]
fn mistakes_with_shapes_are_named() {
    let tape = Tape::new();
    let var = |shape: &[usize]| -> Var<f64> { tape.leaf(Tensor::zeros(shape)) };
    let model = Sequential::new([3]).then(Dense::new(2)).build::<f64>(Seed(0)).unwrap();
    let cases: [(&dyn Fn(), &str); 20] = [
        (
            &|| drop(model.predict(ndarray::Array2::<f32>::zeros((5, 4)).view())),
            "Model: found rows of 4 features, wanted 3; build",
        ),
        (
            &|| drop(var(&[1, 5, 0]).max_pool1d(MaxPool1d { size: 2, stride: 2, padding: Padding::Valid })),
            "max_pool1d: a signal without channels, wanted at least 1",
        ),
        (
            &|| drop(var(&[1, 5, 0]).avg_pool1d(AvgPool1d { size: 2, stride: 2, padding: Padding::Valid })),
            "avg_pool1d: a signal without channels, wanted at least 1",
        ),
        (
            &|| drop(var(&[3]).dense(var(&[3, 2]), var(&[2]))),
            "dense: x has shape [3], wanted (rows, features); reshape",
        ),
        (&|| drop(var(&[1, 3]).dense(var(&[2]), var(&[2]))), "dense: W has shape [2], wanted (features, outputs)"),
        (&|| drop(var(&[1, 3]).dense(var(&[4, 2]), var(&[2]))), "dense: x has 3 features, wanted 4"),
        (&|| drop(var(&[1, 3]).dense(var(&[3, 2]), var(&[3]))), "dense: b has shape [3], wanted one bias"),
        (
            &|| drop(var(&[5, 2]).conv1d(Conv1d::default(), var(&[3, 2, 1]), var(&[1]))),
            "conv1d: x has shape [5, 2], wanted (batch, length, channels)",
        ),
        (&|| drop(var(&[1, 5, 2]).conv1d(Conv1d::default(), var(&[2, 1]), var(&[1]))), "conv1d: W has shape [2, 1]"),
        (&|| drop(var(&[1, 5, 2]).conv1d(Conv1d::default(), var(&[3, 1, 1]), var(&[1]))), "x has 2 channels, wanted 1"),
        (&|| drop(var(&[1, 2, 1]).conv1d(Conv1d::default(), var(&[3, 1, 1]), var(&[1]))), "does not fit into a signal"),
        (&|| drop(var(&[5, 2]).global_max_pool1d()), "global_max_pool1d: x has shape [5, 2]"),
        (&|| drop(var(&[1, 0, 2]).global_avg_pool1d()), "global_avg_pool1d: an empty signal has no mean"),
        (&|| drop(var(&[3]).cross_entropy(SoftmaxCrossEntropy::new([0]))), "cross_entropy: logits has shape [3]"),
        (&|| drop(var(&[1, 3]).cross_entropy(SoftmaxCrossEntropy::new([0, 1]))), "cross_entropy: 2 labels for 1 rows"),
        (
            &|| drop(var(&[1, 3]).cross_entropy(SoftmaxCrossEntropy::new([3]))),
            "label 3 for 3 classes, wanted one below 3",
        ),
        (&|| drop(var(&[4]).reshape([3])), "cannot reshape [4] to [3]"),
        (
            &|| drop(zeros([2, 2]).view::<ndarray::Ix1>().to_owned()),
            "view: the tensor has shape [2, 2], 2 axes, wanted 1",
        ),
        (&|| _ = zeros([2, 2]).item(), "item() wants a single value, this tensor has shape [2, 2]"),
        (&|| _ = zeros([2, 2])[[1, 2]], "index [1, 2] in a tensor of shape [2, 2], wanted one below each axis"),
    ];
    for (mistake, wanted) in cases {
        let told = refusal(mistake);
        assert!(told.contains(wanted), "\"{told}\" does not say \"{wanted}\"");
    }
}

#[test]
fn drawings_that_cannot_be_are_named() {
    let (usual, learner) = (Tape::<f64>::new(), Tape::keeping_all());
    let x = learner.leaf(Tensor::scalar(2.0));
    let other = usual.gradients(&usual.leaf(Tensor::scalar(1.0)));
    assert!(refusal(|| drop(usual.draw(None))).contains("keeps no values; begin with Tape::keeping_all"));
    assert!(refusal(|| drop(learner.draw(Some(&other)))).contains("gradients are of another tape"));
    assert!(
        refusal(|| drop(usual.label("x", x.clone())))
            .contains("label: input 0, made by Tape::leaf, is on another tape")
    );
}
