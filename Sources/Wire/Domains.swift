import Cryptography

extension HashDomain {
    static let section = HashDomain("waymark section v1")
    static let restatementSalt = HashDomain("waymark restatement salt v1")
    static let batchID = HashDomain("waymark batch id v1")
    static let sectionAdmission = HashDomain("waymark section admission v1")
    static let snapshotHead = HashDomain("waymark snapshot head v1")
    static let snapshotPiece = HashDomain("waymark snapshot piece v1")
    static let device = HashDomain("waymark device v1")
    static let programme = HashDomain("waymark programme v1")
    static let epochOrigin = HashDomain("waymark epoch origin v1")
    static let parcel = HashDomain("waymark parcel v1")
    static let parcelTag = HashDomain("waymark parcel tag v1")
    static let bundleNonce = HashDomain("waymark bundle nonce v1")
    static let listeningChallenge = HashDomain("waymark listening challenge v1")
}

extension SignatureDomain {
    static let batch = SignatureDomain("waymark batch v1")
    static let certificate = SignatureDomain("waymark certificate v1")
    static let restatement = SignatureDomain("waymark restatement v1")
    static let epoch = SignatureDomain("waymark epoch v1")
    static let snapshot = SignatureDomain("waymark snapshot v1")
    static let admission = SignatureDomain("waymark admission v1")
    static let syncRequest = SignatureDomain("waymark sync request v1")
    static let syncAnswer = SignatureDomain("waymark sync answer v1")
    static let redeemRequest = SignatureDomain("waymark redeem request v1")
    static let redeemAnswer = SignatureDomain("waymark redeem answer v1")
    static let redemption = SignatureDomain("waymark redemption v1")
    static let rekeyRequest = SignatureDomain("waymark rekey request v1")
    static let rekeying = SignatureDomain("waymark rekeying v1")
    static let letter = SignatureDomain("waymark letter v1")
    static let bundleNonce = SignatureDomain("waymark bundle nonce v1")
    static let listening = SignatureDomain("waymark listening v1")
}
