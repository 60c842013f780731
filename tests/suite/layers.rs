//! A layer of somebody else's: written with what the crate offers to everybody, and at home everywhere.

use crate::classifiers::{classifier, raw};
use crate::common::on_threads;
use crate::signals::signals;
use serde::{Deserialize, Serialize};
use tonegrad::autograd::gradcheck::normal;
use tonegrad::autograd::{Check, Op, Slot, Var};
use tonegrad::data::Train;
use tonegrad::nn::onnx::Graph;
use tonegrad::nn::{
    Conv1d, Dense, Flatten, Init, Layer, MaxPool1d, Mode, Output, Param, ParamSpec, Scope, Sequential, register,
};
use tonegrad::optim::Adam;
use tonegrad::store::{Classifier, Tensors};
use tonegrad::train::Trainer;
use tonegrad::{Error, Result, Scalar, Seed, Tensor};

/// a · tanh(b · x), with an a and a b for each channel that are learned: LeCun's scaled hyperbolic tangent, set free.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ScaledTanh {
    height: f64,
    slope: f64,
}

const LECUN: ScaledTanh = ScaledTanh { height: 1.7159, slope: 2.0 / 3.0 };

impl Layer for ScaledTanh {
    fn kind(&self) -> (&'static str, &'static str) {
        ("scaled_tanh", "ScaledTanh")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        match self.height > 0.0 {
            true => Ok(input.to_vec()),
            false => Err(Error::config("").found(format!("a height of {}", self.height)).wanted("one above 0")),
        }
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let channels = &input[input.len() - 1..];
        vec![
            ParamSpec::new("height", channels).init(Init::Constant(self.height)),
            ParamSpec::new("slope", channels).init(Init::Constant(self.slope)),
        ]
    }

    fn scope(&self) -> Scope {
        Scope::Either
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let [height, slope] = [0, 1].map(|i| params[i].clone().broadcast_to(x.shape()));
        (height * (slope * x).tanh()).into()
    }
}

/// The same, for which ONNX has operators: the layer knows which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ExportedTanh(ScaledTanh);

impl Layer for ExportedTanh {
    fn kind(&self) -> (&'static str, &'static str) {
        self.0.kind()
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        self.0.output(input)
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        self.0.params(input)
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
        Layer::forward(&self.0, x, params, mode)
    }

    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], _: &[usize]) -> Result<()> {
        let [height, slope] = [0, 1].map(|i| graph.tensor(&params[i].name, &params[i].value));
        graph.then("Mul", &[slope], vec![]);
        graph.then("Tanh", &[], vec![]);
        graph.then("Mul", &[height], vec![]);
        Ok(())
    }
}

/// A network for vectors with this layer in it.
pub fn vectors(layer: impl Layer + Clone) -> Sequential {
    Sequential::new([12]).then(Dense::new(8)).then(layer).then(Dense::new(3))
}

/// A network that ONNX can have, with a layer of another crate.
pub fn exported() -> Sequential {
    register::<ExportedTanh>("suite/exported_tanh").unwrap();
    vectors(ExportedTanh(LECUN))
}

#[test]
fn a_foreign_layer_is_checked_in_one_line() {
    Check::smooth().layer(LECUN, normal([4, 3], 1)).unwrap();
    Check::smooth().layer(LECUN, normal([2, 5, 3], 1)).unwrap();
    let error = Check::smooth().layer(ScaledTanh { height: -1.0, ..LECUN }, normal([4, 3], 1)).unwrap_err();
    assert_eq!(error.to_string(), "scaled_tanh: found a height of -1, wanted one above 0");
}

/// A layer with a fault.
#[derive(Clone, Debug, PartialEq)]
enum Faulty {
    Gradient,
    Shape,
    Scope,
    State,
}

struct WrongSquare;

impl<F: Scalar> Op<F, 1> for WrongSquare {
    type Saved = Tensor<F>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        let mut y = x.clone();
        y.as_mut_slice().iter_mut().for_each(|x| *x = *x * *x);
        (y, x)
    }

    fn backward(&self, x: &Tensor<F>, mut dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dy.as_mut_slice().iter_mut().zip(x.as_slice()).for_each(|(dy, &x)| *dy *= x);
        dx.add(dy);
    }
}

impl Layer for Faulty {
    fn kind(&self) -> (&'static str, &'static str) {
        ("faulty", "Faulty")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        Ok(input.to_vec())
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        match self {
            Faulty::State => vec![ParamSpec::new("seen", input).state()],
            _ => Vec::new(),
        }
    }

    fn scope(&self) -> Scope {
        if *self == Faulty::Scope { Scope::Example } else { Scope::Batch }
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        match self {
            Faulty::Gradient => x.tape().apply(WrongSquare, [x]).into(),
            Faulty::Shape => x.sum_axis(1).into(),
            Faulty::Scope => {
                let shape = x.shape().to_vec();
                (&x - x.clone().mean_axis(0).broadcast_to(shape)).into()
            }
            Faulty::State => x.into(),
        }
    }
}

#[test]
fn a_faulty_layer_is_refused_by_the_check() {
    for (fault, words) in [
        (Faulty::Gradient, "faulty, the gradient check: found law broken: "),
        (Faulty::Shape, "faulty, the output's shape: found [4], where `output` says [4, 3]"),
        (Faulty::Scope, "faulty, its scope: found Example, but row 0 depends on the others"),
        (Faulty::State, "faulty, the state's shapes: found [] in Train"),
    ] {
        let error = Check::smooth().layer(fault, normal([4, 3], 1)).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
    }
}

#[test]
fn state_and_scope_must_agree() {
    #[derive(Clone, Debug, PartialEq)]
    struct Counts;

    impl Layer for Counts {
        fn kind(&self) -> (&'static str, &'static str) {
            ("counts", "Counts")
        }

        fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
            Ok(input.to_vec())
        }

        fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
            vec![ParamSpec::new("seen", [1]).state()]
        }

        fn scope(&self) -> Scope {
            Scope::Example
        }

        fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
            x.into()
        }
    }

    let error = Sequential::new([3]).then(Counts).build::<f32>(Seed(0)).unwrap_err().to_string();
    let found = "found state, seen, of a layer whose scope is Example, wanted Scope::Batch for a layer with state";
    assert_eq!(error, format!("layer 1, counts: {found}"));
}

#[test]
fn a_foreign_layer_trains_and_gives_the_same_bits_on_any_number_of_threads() {
    let (train, valid) = (Train::new(signals(90, 1)), signals(30, 2));
    let networks = [
        vectors(LECUN),
        Sequential::new([12, 1])
            .then(Conv1d::new(4, 3).same())
            .then(LECUN)
            .then(MaxPool1d::new(2))
            .then(Flatten {})
            .then(Dense::new(3)),
    ];
    for network in networks {
        let run = |threads| {
            on_threads(threads, || {
                let mut model = network.build::<f32>(Seed(1)).unwrap();
                let mut trainer = Trainer::new(Adam::new(1e-2)).epochs(20).batch_size(30);
                let history = trainer.fit(&mut model, &train, &valid, Seed(2)).unwrap();
                (model.params().to_vec(), history.epochs[19].loss, history.best().unwrap().val_accuracy)
            })
        };
        let (params, loss, accuracy) = run(1);
        assert!(loss < 0.4 && accuracy > 0.8, "loss {loss}, accuracy {accuracy}");
        let slope = params.iter().find(|p| p.name == "scaled_tanh.slope").unwrap();
        assert!(slope.value.as_slice().iter().all(|&b| b != (2.0f64 / 3.0) as f32), "it learns");
        assert!(run(2) == (params.clone(), loss, accuracy) && run(5) == (params, loss, accuracy));
    }
}

#[test]
fn a_foreign_layer_is_listed_in_the_summary() {
    let summary = vectors(LECUN).build::<f32>(Seed(0)).unwrap().summary().to_string();
    let line = summary.lines().find(|line| line.starts_with("scaled_tanh (ScaledTanh)")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words, ["scaled_tanh", "(ScaledTanh)", "(None,", "8)", "16"]);
}

#[test]
fn a_registered_layer_is_saved_and_loaded() {
    register::<ScaledTanh>("suite/scaled_tanh").unwrap();
    register::<ScaledTanh>("suite/scaled_tanh").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let ours = classifier::<f32>(&vectors(LECUN), 1);
    ours.save(&path).unwrap();
    let text = Tensors::open(&path).unwrap().text().unwrap().to_owned();
    let layer = r#"{"layer":"suite/scaled_tanh","config":{"height":1.7159,"slope":0.6666666666666666}}"#;
    assert!(text.contains(layer), "{text}");
    let theirs = Classifier::<f32>::load(&path).unwrap();
    assert_eq!(theirs.model().network(), ours.model().network());
    assert_eq!(theirs.probabilities(raw(5, 12, 2)).unwrap(), ours.probabilities(raw(5, 12, 2)).unwrap());

    let error = register::<ScaledTanh>("suite/other").unwrap_err().to_string();
    let wanted = "wanted one name for each type";
    let found = r#"found "suite/other" for what is "suite/scaled_tanh" already"#;
    assert_eq!(error, format!("registry of layers: {found}, {wanted}"));
    let error = register::<ExportedTanh>("dense").unwrap_err().to_string();
    assert_eq!(error, format!(r#"registry of layers: found a second type named "dense", {wanted}"#));
}

#[test]
fn a_layer_that_is_not_registered_is_refused_in_words_and_its_weights_are_saved() {
    #[derive(Clone, Debug, PartialEq)]
    struct Unknown;

    impl Layer for Unknown {
        fn kind(&self) -> (&'static str, &'static str) {
            LECUN.kind()
        }

        fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
            LECUN.output(input)
        }

        fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
            LECUN.params(input)
        }

        fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
            Layer::forward(&LECUN, x, params, mode)
        }
    }

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let ours = classifier::<f32>(&vectors(Unknown), 1);
    let error = ours.save(&path).unwrap_err().to_string();
    assert!(error.contains("a layer, ScaledTanh, that is not registered; call nn::register"), "{error}");
    assert!(!path.exists());

    ours.model().save_weights(&path).unwrap();
    let mut theirs = vectors(Unknown).build::<f32>(Seed(9)).unwrap();
    theirs.load_weights(&path).unwrap();
    assert_eq!(theirs.params(), ours.model().params());
}

#[test]
fn an_architecture_is_read_whatever_the_order_of_its_fields() {
    let network = vectors(Dense::new(5).relu());
    let sorted = serde_json::to_value(&network).unwrap();
    assert_eq!(serde_json::from_value::<Sequential>(sorted).unwrap(), network);
    for (text, words) in [
        (r#"{"input":[3],"layers":[{"config":{}}]}"#, "missing field `layer`"),
        (r#"{"input":[3],"layers":[{"layer":"flatten"}]}"#, "missing field `config`"),
        (r#"{"input":[3],"layers":["flatten"]}"#, "a layer: a map of its name, `layer`, and its settings, `config`"),
        (
            r#"{"input":[3],"layers":[{"layer":"lstm","config":{}}]}"#,
            r#"an unknown layer, "lstm", which is not registered"#,
        ),
        (r#"{"input":[3],"layers":[{"layer":"dropout","config":{}}]}"#, "dropout: missing field `rate`"),
    ] {
        let error = serde_json::from_str::<Sequential>(text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn onnx_is_refused_unless_a_layer_says_how() {
    let error = classifier::<f32>(&vectors(LECUN), 1).to_onnx().unwrap_err().to_string();
    let found = "found a layer that does not say how, wanted operators of ONNX";
    let fix = "implement Layer::onnx for it, or save the model as safetensors";
    assert_eq!(error, format!("ONNX, layer 2, scaled_tanh: {found}; {fix}"));
    assert!(!classifier::<f32>(&exported(), 1).to_onnx().unwrap().is_empty());
}
