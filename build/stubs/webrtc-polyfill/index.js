// webtorrent's WebRTC support asks for these names and takes `undefined` for "this platform has none".
export const RTCPeerConnection = undefined
export const RTCSessionDescription = undefined
export const RTCIceCandidate = undefined
export const RTCIceTransport = undefined
export const RTCDataChannel = undefined
export default {}
