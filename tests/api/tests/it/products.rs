//! Products that are not served.

use atelier_adapter_http::Products;
use atelier_domain::identity::IdentitySettings;
use reqwest::Method;

use crate::app::TestApp;

#[tokio::test]
async fn routes_of_a_product_that_is_off_answer_404_whatever_the_method_and_accounts_stay() {
    let (clothing, hackathons) = ("/api/v1/clothing", "/api/v1/hackathons");
    for (products, on, off) in [
        (Products { wearit: true, challenge: false, data: false }, clothing, hackathons),
        (Products { wearit: false, challenge: true, data: false }, hackathons, clothing),
    ] {
        let app = TestApp::start_with(|settings| settings.products = products, IdentitySettings::default()).await;
        let user = app.user("a").await;
        app.get(on, &user).await.expect(200);
        for method in [Method::GET, Method::POST, Method::PATCH] {
            app.send(app.request(method.clone(), off, Some(&user))).await.error(404, "NOT_FOUND");
            app.send(app.request(method, off, None)).await.error(404, "NOT_FOUND");
        }
        app.send(app.request(Method::PUT, on, Some(&user))).await.error(405, "METHOD_NOT_ALLOWED");
        app.get("/api/v1/users/me", &user).await.expect(200);
        let document = app.send(app.request(Method::GET, "/api-docs/openapi.json", None)).await.expect(200).body;
        assert!(document["paths"][on].is_object() && document["paths"][off].is_object(), "the document stays whole");
        app.stop().await;
    }
}
