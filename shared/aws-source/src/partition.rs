//! Partitions of AWS: groups of regions with addresses and accounts of their own.

use collecting::CollectError;

/// A partition (<https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>).
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// As ARNs name it: `aws`.
    pub name: &'static str,
    /// What names of services end with: `amazonaws.com`.
    pub suffix: &'static str,
    /// The region in which services without regions are signed for, and resources without regions are asked for.
    pub home: &'static str,
    /// The host of IAM.
    iam: &'static str,
}

const AWS: Partition = Partition { name: "aws", suffix: "amazonaws.com", home: "us-east-1", iam: "iam.amazonaws.com" };
const CHINA: Partition = Partition {
    name: "aws-cn",
    suffix: "amazonaws.com.cn",
    home: "cn-north-1",
    iam: "iam.cn-north-1.amazonaws.com.cn",
};
const GOVERNMENT: Partition =
    Partition { name: "aws-us-gov", suffix: "amazonaws.com", home: "us-gov-west-1", iam: "iam.us-gov.amazonaws.com" };
const EUROPE: Partition = Partition {
    name: "aws-eusc",
    suffix: "amazonaws.eu",
    home: "eusc-de-east-1",
    iam: "iam.eusc-de-east-1.amazonaws.eu",
};

impl Partition {
    /// The partition that all of `regions` are in.
    pub fn of(regions: &[String]) -> Result<&'static Self, CollectError> {
        let refuse = |reason: String| Err(CollectError::Source { reason });
        let Some((first, rest)) = regions.split_first() else {
            return refuse("it names no region".to_owned());
        };
        let partition = one(first)?;
        for region in rest {
            if one(region)? != partition {
                return refuse(format!("{first} and {region} are in different partitions: make it two sources"));
            }
        }
        Ok(partition)
    }

    /// Where a service is asked: `https://kms.eu-west-1.amazonaws.com`.
    pub(crate) fn endpoint(&self, service: &str, region: &str) -> String {
        match service {
            "iam" => format!("https://{}", self.iam),
            service => format!("https://{service}.{region}.{}", self.suffix),
        }
    }
}

fn one(region: &str) -> Result<&'static Partition, CollectError> {
    // The isolated ones have addresses that nobody outside can hold this to.
    if region.starts_with("us-iso") || region.starts_with("eu-iso") {
        let reason =
            format!("{region} is in a partition that is not known here (aws, aws-cn, aws-us-gov, aws-eusc are)");
        return Err(CollectError::Source { reason });
    }
    let named = [("cn-", &CHINA), ("us-gov-", &GOVERNMENT), ("eusc-", &EUROPE)];
    Ok(named.into_iter().find(|(prefix, _)| region.starts_with(prefix)).map_or(&AWS, |(_, partition)| partition))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn of(regions: &[&str]) -> Result<&'static Partition, CollectError> {
        Partition::of(&regions.iter().map(|region| (*region).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn regions_are_in_one_partition_and_it_says_where_services_are() {
        for (region, kms, iam) in [
            ("eu-west-1", "https://kms.eu-west-1.amazonaws.com", "https://iam.amazonaws.com"),
            (
                "cn-northwest-1",
                "https://kms.cn-northwest-1.amazonaws.com.cn",
                "https://iam.cn-north-1.amazonaws.com.cn",
            ),
            ("us-gov-east-1", "https://kms.us-gov-east-1.amazonaws.com", "https://iam.us-gov.amazonaws.com"),
            ("eusc-de-east-1", "https://kms.eusc-de-east-1.amazonaws.eu", "https://iam.eusc-de-east-1.amazonaws.eu"),
        ] {
            let partition = of(&[region]).unwrap();
            assert_eq!(
                (partition.endpoint("kms", region), partition.endpoint("iam", region)),
                (kms.into(), iam.into())
            );
        }
        assert_eq!(of(&["eu-west-1", "us-east-1"]).unwrap().home, "us-east-1");
        for regions in [&["eu-west-1", "cn-north-1"][..], &["us-iso-east-1"], &[]] {
            assert!(of(regions).is_err(), "{regions:?}");
        }
    }
}
