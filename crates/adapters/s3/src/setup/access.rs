//! Nobody can make an object or the bucket public, not even by mistake (checklist W208).

use aws_sdk_s3::types::PublicAccessBlockConfiguration;

use super::steps::Part;
use crate::S3ObjectStore;
use crate::fault::Fault;

pub(super) struct PublicAccess<'a>(pub(super) &'a S3ObjectStore);

impl Part for PublicAccess<'_> {
    type State = String;

    async fn found(&self) -> Result<String, Fault> {
        let answer = self.0.client.get_public_access_block().bucket(self.0.bucket()).send().await;
        let found = match answer.map_err(Fault::from) {
            Err(fault) if fault.code.as_deref() == Some("NoSuchPublicAccessBlockConfiguration") => None,
            answer => answer?.public_access_block_configuration,
        };
        let blocked = found.map(|found| {
            [found.block_public_acls, found.ignore_public_acls, found.block_public_policy, found.restrict_public_buckets]
                .map(|blocked| blocked == Some(true))
        });
        Ok(match blocked {
            Some([true, true, true, true]) => ALL.to_owned(),
            Some([false, false, false, false]) | None => "nothing is blocked".to_owned(),
            Some([acls, ignored, policy, restricted]) => {
                format!("public ACLs blocked {acls} and ignored {ignored}, public policies blocked {policy} and restricted {restricted}")
            }
        })
    }

    fn is_right(&self, found: &String) -> bool {
        found == ALL
    }

    async fn set(&self, _found: String) -> Result<(), Fault> {
        let all = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        self.0.client.put_public_access_block().bucket(self.0.bucket()).public_access_block_configuration(all).send().await?;
        Ok(())
    }
}

const ALL: &str = "everything public is blocked";
