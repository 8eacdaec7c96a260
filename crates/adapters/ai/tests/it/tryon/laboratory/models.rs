//! The table of models.

use atelier_adapter_ai::{CogSettings, CogTryOn, ModelTableError, ProviderSetupError, TryOnModels};
use atelier_domain::wearit::tryon::TryOnProvider;
use atelier_domain::wearit::wardrobe::Category;

use super::backend::models;
use crate::tryon::wanted::http;

const ENTRY: &str = r#"
[[model]]
name = "mine"
provider = "cog"
licence = "MIT"
categories = { tops = "upper", bottoms = "lower", shoes = false }
max_garments = 2
inputs = { person = "a", garments = "b", category = "c" }
"#;

#[test]
fn an_operators_file_adds_models_and_replaces_built_in_ones() {
    let folder = std::env::temp_dir().join(format!("atelier-models-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("models.toml");
    std::fs::write(&file, format!("{ENTRY}{}", ENTRY.replace("mine", "idm-vton"))).unwrap();
    let table = TryOnModels::load(Some(&file)).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    for name in ["mine", "idm-vton"] {
        let provider = CogTryOn::new(http(), &table, &CogSettings::new("http://127.0.0.1:9", name)).unwrap();
        let [capability] = provider.capabilities().try_into().unwrap();
        assert_eq!((capability.model.as_str(), capability.max_garments, capability.seed), (name, 2, false));
        assert_eq!(capability.categories, [Category::Tops, Category::Bottoms]);
    }
}

#[test]
fn what_is_wrong_is_told_with_file_model_and_field() {
    for (from, to, said) in [
        ("licence = \"MIT\"", "", "licence"),
        ("max_garments = 2", "max_garmets = 2", "max_garmets"),
        ("max_garments = 2", "max_garments = 0", "`max_garments`"),
        ("max_garments = 2", "max_garments = \"2\"", "max_garments"),
        ("garments = \"b\"", "garment = \"b\"", "`max_garments`"),
        ("garments = \"b\"", "garments = \"b\", garment = \"c\"", "`inputs`"),
        ("garments = \"b\", ", "", "`inputs`"),
        ("tops = ", "hats = ", "`categories.hats`"),
        ("tops = \"upper\"", "tops = true", "`categories.tops`"),
        (", category = \"c\"", "", "`categories.tops`"),
        ("category = \"c\"", "category = \"c\", text = \"t\"", "`texts.tops`"),
        ("\"mine\"", "\"mine or yours\"", "`name`"),
        ("\"cog\"", "\"replicate\"", "`target`"),
        ("\"cog\"", "\"replicate\"\ntarget = \"deployments/a/b:c\"", "`target`"),
        ("\"cog\"", "\"acme\"", "provider"),
        ("\"cog\"", "\"cog\"\nseed = { input = \"s\", min = 3, max = 2 }", "`seed`"),
    ] {
        let wrong = ENTRY.replace(from, to);
        assert_ne!(wrong, ENTRY, "{from}");
        let error = models().extend("/etc/atelier/models.toml", &wrong).unwrap_err().to_string();
        assert!(error.starts_with("/etc/atelier/models.toml: model \"mine") && error.contains(said), "{said}: {error}");
    }
    let twice = models().extend("m.toml", &format!("{ENTRY}{ENTRY}")).unwrap_err().to_string();
    assert!(twice.contains("two"), "{twice}");
    assert!(matches!(models().extend("m.toml", "[[model]"), Err(ModelTableError::Malformed { .. })));
    let missing = TryOnModels::load(Some(std::path::Path::new("/nowhere/models.toml"))).unwrap_err().to_string();
    assert!(missing.starts_with("/nowhere/models.toml cannot be read"), "{missing}");
}

#[test]
fn a_model_nobody_knows_is_told_with_those_there_are() {
    let refused = CogTryOn::new(http(), &models(), &CogSettings::new("http://127.0.0.1:9", "idm"));
    let Err(ProviderSetupError::Models(error)) = refused else { panic!("it is refused") };
    assert!(error.to_string().contains("\"idm\"") && error.to_string().contains("catvton"), "{error}");
    let refused = CogTryOn::new(http(), &models(), &CogSettings::new("gpu-1:5000", "idm-vton"));
    assert!(matches!(refused, Err(ProviderSetupError::Http(_))));
}
